"""What most scenarios share: the shop's ordinary routes, and how variants are spelled out."""


def variants(*rows, **common):
    """One variant a row: id, language, log style, edge style, and what else differs. What is common comes last in force."""
    made = []
    for number, lang, style, edge, *rest in rows:
        own = rest[0] if rest else {}
        made.append({**common, "id": number, "lang": lang, "style": style, "edge": edge, **own})
    return made


def cart(service, **options):
    return {"route": "GET /cart/{id}", "weight": 5, "calls": [(service, [["GET", "cart:{id}"]], options)]}


def save(service, **options):
    return {"route": "POST /cart/{id}/items", "weight": 3,
            "calls": [(service, [["SET", "cart:{id}", "sku-{id}:1", "EX", "600"]], options)]}


def session(service, **options):
    return {"route": "GET /session/{id}", "weight": 3,
            "calls": [(service, [["HGETALL", "session:{id}"], ["EXPIRE", "session:{id}", "900"]], options)]}


def checkout(first, second, **options):
    """Two services behind one request: both log its trace id."""
    return {"route": "POST /checkout/{id}", "weight": 2, "calls": [
        (first, [["GET", "cart:{id}"]], options),
        (second, [["INCR", "orders:count"], ["SET", "order:{id}", "{trace}", "EX", "600"]], options)]}


def shop(first, second, **options):
    return [cart(first, **options), save(first, **options), checkout(first, second, **options)]
