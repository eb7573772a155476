"""The server: recipes over HTTP, one error shape, safe by default."""
