"""One module a cause: CAUSE, VARIANTS, run(ctx), and EXPECT: one of these symptoms must stand in the lines, or the run is void."""
