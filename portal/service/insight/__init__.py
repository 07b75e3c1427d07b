"""Dashboards and exports: the funnel, complaints, suppliers, service, each figure down to its rows."""
