"""Routes that most scenarios share: the shop's ordinary traffic."""


def cart(service):
    return {"route": "GET /cart/{id}", "weight": 5, "calls": [(service, [["GET", "cart:{id}"]])]}


def save(service):
    return {"route": "POST /cart/{id}/items", "weight": 3,
            "calls": [(service, [["SET", "cart:{id}", "sku-{id}:1", "EX", "600"]])]}


def session(service):
    return {"route": "GET /session/{id}", "weight": 3, "calls": [(service, [["HGETALL", "session:{id}"], ["EXPIRE", "session:{id}", "900"]])]}


def checkout(first, second):
    """Two services behind one request: both log its trace id."""
    return {"route": "POST /checkout/{id}", "weight": 2, "calls": [
        (first, [["GET", "cart:{id}"]]), (second, [["INCR", "orders:count"], ["SET", "order:{id}", "{trace}", "EX", "600"]])]}


def shop(first, second):
    return [cart(first), save(first), checkout(first, second)]
