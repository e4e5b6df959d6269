"""Access-line styles of the edge, and the wrappers that collectors put around any line."""

import json
import time


def iso(when, digits=3):
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(when))
    return f"{whole}.{int((when % 1) * 10 ** digits):0{digits}d}Z"


def access(style, when, service, method, path, status, ms, trace, rng):
    level = "ERROR" if status >= 500 else "INFO"
    if style == "nginx":
        stamp = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(when))
        return (f'10.42.{rng.randint(0, 3)}.{rng.randint(2, 250)} - - [{stamp}] "{method} {path} HTTP/1.1" {status} '
                f'{rng.randint(90, 900)} "-" "okhttp/4.12.0" rt={ms / 1000:.3f} trace_id={trace}')
    if style == "json":
        return json.dumps({"ts": iso(when), "level": level.lower(), "service": service, "msg": "request completed",
                           "method": method, "path": path, "status": status, "duration_ms": round(ms, 1), "trace_id": trace})
    if style == "logfmt":
        return (f"time={iso(when)} level={level.lower()} service={service} msg=\"request completed\" method={method} "
                f"path={path} status={status} duration_ms={ms:.1f} trace_id={trace}")
    if style == "bracket":
        return f"[{iso(when, 3)}] [{level}] [trace_id:{trace}] [{service}] {method} {path} -> {status} in {ms:.0f}ms"
    raise ValueError(style)


def wrap(kind, when, pod, line):
    """`kubectl logs --prefix --timestamps` around a line; `plain` leaves it alone."""
    if kind == "kubectl":
        return f"[pod/{pod}/app] {iso(when, 9)} {line}"
    return line
