"""Parts that every scenario uses: servers, services, load, polls, recording."""
