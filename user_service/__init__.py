"""Accounts of the market and their sessions; personal data lives here only."""
