"""Stores, suppliers, VIPs and orders from csv and xlsx files, for shops without a programmer.

`sheets.py` reads a file, `rows.py` and `orders.py` say what a row must be, `taking.py` takes rows through the rooms'
own actions: for `portal import` all in one transaction, for the page at /admin/imports fifty at a time (`runs.py`).
"""
