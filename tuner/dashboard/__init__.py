"""A local page over all studies of a folder, live, with the report's figures.

`studies` follows the ledgers, `views` says what a page shows of them, `guard` lets nobody else in,
`steer` carries what a person asks for, and `site` is the web application of all four. starlette and
uvicorn come with the extra `dashboard`; only `site` and `serve` import them.
"""
