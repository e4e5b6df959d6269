"""Log styles seen in Python services."""

import contextvars
import json
import logging
import sys
import time

trace = contextvars.ContextVar("trace", default="-")


class Base(logging.Formatter):
    converter = time.gmtime
    service = pod = ""

    def stamp(self, record):
        return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z"


class Json(Base):
    def format(self, record):
        entry = {"timestamp": self.stamp(record), "level": record.levelname, "logger": record.name,
                 "service": self.service, "trace_id": trace.get(), "message": record.getMessage()}
        if record.exc_info:
            entry["exc_info"] = self.formatException(record.exc_info)
        return json.dumps(entry)


class Logfmt(Base):
    def format(self, record):
        line = (f"ts={self.stamp(record)} level={record.levelname.lower()} service={self.service} "
                f"trace_id={trace.get()} msg={json.dumps(record.getMessage())}")
        if record.exc_info:
            kind, error = record.exc_info[:2]
            line += f" err={json.dumps(f'{kind.__module__}.{kind.__name__}: {error}')}"
        return line


class Bracket(Base):
    def format(self, record):
        line = f"[{self.stamp(record)}] [{record.levelname}] [trace_id:{trace.get()}] [{self.service}] {record.getMessage()}"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line


class Asctime(Base):
    def format(self, record):
        record.trace_id = trace.get()
        return super().format(record)


class Otel(Asctime):
    pass


def configure(config):
    style, service = config["style"], config["service"]
    formatter = {
        "json": Json, "logfmt": Logfmt, "bracket": Bracket,
        "asctime": lambda: Asctime("%(asctime)s %(levelname)s %(name)s [trace=%(trace_id)s] %(message)s"),
        "otel": lambda: Otel("%(asctime)s %(levelname)s [%(name)s] [%(filename)s:%(lineno)d] [trace_id=%(trace_id)s "
                             f"span_id=0 resource.service.name={service}] - %(message)s"),
    }[style]()
    formatter.service, formatter.pod = service, config["pod"]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    return logging.getLogger(service.replace("-", "."))
