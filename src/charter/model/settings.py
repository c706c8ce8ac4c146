"""charter.yaml: the workspace's name, home currency, time zone, places and limits."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator

from charter.model.kind import Spec


class FromEnvironment(Spec):
    """A value that comes from the environment."""

    env: str = Field(description="Name of the environment variable that holds the value.")


class CatalogSettings(Spec):
    """A catalog in PostgreSQL instead of SQLite."""

    env: str = Field(description="Environment variable with the address: postgresql://user:password@host:5432/database.")
    schema_name: str = Field(
        "charter", min_length=1, max_length=63, description="Schema of the database that holds the catalog's tables."
    )


class ObjectStoreSettings(Spec):
    """How an object store that speaks S3 is reached."""

    endpoint: str | None = Field(None, description="Host and port of the store; else Amazon's.")
    region: str | None = Field(None, description="Region of the bucket.")
    url_style: Literal["vhost", "path"] = Field("vhost", description="`path` for most stores that are not Amazon's.")
    use_ssl: bool = Field(True, description="Whether it is reached by https.")
    key_id: FromEnvironment = Field(FromEnvironment(env="AWS_ACCESS_KEY_ID"), description="The key's id.")
    secret: FromEnvironment = Field(FromEnvironment(env="AWS_SECRET_ACCESS_KEY"), description="The key.")
    session_token: FromEnvironment = Field(
        FromEnvironment(env="AWS_SESSION_TOKEN"), description="The session's token, if there is one."
    )


class StoreSettings(Spec):
    """Where the lake and the operational state lie, relative to the workspace."""

    lake: str = Field(".charter/lake", description="Folder of the lake; what is temporary is always there.")
    state: str | FromEnvironment = Field(
        ".charter/state.sqlite", description="File of the operational state; or the variable that holds a PostgreSQL address."
    )
    catalog: CatalogSettings | None = Field(None, description="Catalog of the lake in PostgreSQL; else in SQLite, in its folder.")
    data: str | None = Field(None, description="Another folder of the lake's data, or s3://bucket/prefix.")
    object_store: ObjectStoreSettings = Field(ObjectStoreSettings(), description="How s3:// is reached.")
    memory: str | None = Field(
        None,
        pattern=r"^[1-9]\d*[MG]B$",
        description="Memory of what writes, `8GB`; else 4GB, or half of the machine's where that is less. The rest goes to the disk.",
    )

    @field_validator("data")
    @classmethod
    def _reachable(cls, value: str | None) -> str | None:
        if value and "://" in value and not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^?#@]*)?", value):
            raise ValueError("a folder or s3://bucket/prefix is allowed")
        return value


class InputRoot(Spec):
    """A folder outside the workspace from which sources may read."""

    env: str | None = Field(None, description="Environment variable that holds the folder.")
    default: str | None = Field(None, description="Folder if the variable is not set, relative to the workspace.")


class WaiverSettings(Spec):
    """Limits on waivers."""

    max_renewals: int = Field(2, ge=0, description="How often a waiver may be renewed.")


class SparkSettings(Spec):
    """Where Spark runs, for `engine: spark`."""

    master: str = Field("local[*]", min_length=1, description="Spark's master: local[2], spark://host:7077, yarn, k8s://...")
    memory: str = Field("2g", pattern=r"^[1-9]\d*[kmgt]$", description="Memory of the driver, which in local mode is all there is.")
    partitions: int = Field(8, ge=1, description="In how many parts rows are sorted and joined; two to four for each core.")
    options: dict[str, str] = Field(
        default_factory=dict, description="Further settings of Spark; those that decide digits stay as they are."
    )


class WorkspaceSpec(Spec):
    """The spec of charter.yaml."""

    currency: str = Field("EUR", pattern=r"^[A-Z]{3}$", description="Home currency, ISO 4217.")
    time_zone: str = Field("Etc/UTC", description="IANA time zone where no scope has one.")
    store: StoreSettings = StoreSettings()
    engine: Literal["duckdb", "spark"] = Field(
        "duckdb", description="What counts the facts into the cube; both give the same numbers."
    )
    spark: SparkSettings = SparkSettings()
    inputs: dict[str, InputRoot] = Field(default_factory=dict, description="Named input roots outside the workspace.")
    waivers: WaiverSettings = WaiverSettings()
    name: str = ""
    title: str = ""

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        from zoneinfo import ZoneInfo

        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("an IANA time zone such as Europe/Berlin is allowed") from error
        return value
