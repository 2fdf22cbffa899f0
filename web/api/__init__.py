"""The REST API, a module per resource. `ENDPOINTS` is all of it, in the order of the documentation."""

from web.api import (
    conversations,
    customers,
    directory,
    files,
    handoffs,
    inbox,
    ledger,
    links,
    login,
    tokens,
    widget,
    widget_files,
)
from web.endpoint import Endpoint

ENDPOINTS: tuple[Endpoint, ...] = tuple(
    endpoint
    for module in (
        login,
        inbox,
        conversations,
        handoffs,
        customers,
        files,
        links,
        directory,
        ledger,
        tokens,
        widget,
        widget_files,
    )
    for declared in module.ROUTES
    for endpoint in declared.all
)
