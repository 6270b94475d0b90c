"""The companies, their people and what each may do, number series, the work calendar, settings."""
