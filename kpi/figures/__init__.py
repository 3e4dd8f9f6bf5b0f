"""Evaluation: results against their targets, their own past, and the flow behind them."""
