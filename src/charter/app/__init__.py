"""Use cases, one module each: what the faces (command line, later web, API and MCP) may ask for."""
