"""Review: who ran, approved, published and overrode what, and what a reviewer compares."""
