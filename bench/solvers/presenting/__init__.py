"""From numbers to what people read: tables, warnings, plots, the report, the export for other tools."""
