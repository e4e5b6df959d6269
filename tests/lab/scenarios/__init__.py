"""One module a cause: CAUSE, VARIANTS, run(ctx)."""
