"""Where the lake and the operational state lie, as charter.yaml and the environment say."""

from __future__ import annotations

import os
from pathlib import Path

from charter.app.codes import APP058
from charter.model.settings import ObjectStoreSettings, StoreSettings
from charter.warehouse.store import S3, Bucket, Server, Store


def store_of(places: StoreSettings, root: Path) -> Store:
    """Answers where the lake lies; raises APP058 where a variable that must be set is not."""
    folder, catalog, data = root / places.lake, places.catalog, places.data
    server = Server(_set(catalog.env, "spec.store.catalog"), catalog.schema_name) if catalog else None
    if data is None:
        return Store(folder, server, memory=places.memory)
    if data.startswith(S3):
        return Store(folder, server, data, Bucket(_options(places.object_store, data)), memory=places.memory)
    return Store(folder, server, root / data, memory=places.memory)


def state_place_of(places: StoreSettings, root: Path) -> Path | str:
    """Answers the file or the address of the operational state; raises APP058 where its variable is not set."""
    if isinstance(places.state, str):
        return root / places.state
    return _set(places.state.env, "spec.store.state")


def _options(settings: ObjectStoreSettings, data: str) -> dict[str, str | bool]:
    """By DuckDB's names; the scope keeps the keys from going to any other bucket."""
    told: dict[str, str | bool] = {"scope": data, "url_style": settings.url_style, "use_ssl": settings.use_ssl}
    told |= {name: value for name in ("endpoint", "region") if (value := getattr(settings, name))}
    told["key_id"] = _set(settings.key_id.env, "spec.store.objectStore.keyId")
    told["secret"] = _set(settings.secret.env, "spec.store.objectStore.secret")
    if token := os.environ.get(settings.session_token.env):
        told["session_token"] = token
    return told


def _set(name: str, setting: str) -> str:
    if found := os.environ.get(name):
        return found
    raise APP058.exception(name=name, setting=setting)
