"""bulkorders: a spreadsheet of orders becomes placed orders on a "panel API v2" account, exactly once."""

__version__ = "0.1.0"
