"""A strict fake of Azure's Blob service: see ../README.md."""
