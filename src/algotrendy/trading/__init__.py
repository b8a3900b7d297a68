"""Trading rules as pure functions: planning, order states, matching, costs, ledger."""
