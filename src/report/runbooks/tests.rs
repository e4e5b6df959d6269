use super::front::{Parsed, parse};
use super::*;
use crate::report::text::sample;
use crate::report::{Example, ServiceCount};

const NOW: i64 = 1_705_492_800_000; // 2024-01-17

fn dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/runbooks")
}

fn incident(service: &str, cause: &str, text: &str) -> IncidentReport {
    let mut i = sample::incident().incidents.remove(0);
    i.causes[0].id = cause.to_owned();
    i.affected.services = vec![ServiceCount { name: service.to_owned(), events: 1, first: None }];
    i.impact.services.clear();
    i.symptoms[0].example = Some(Example { citation: crate::report::Citation { source: "a".to_owned(), line: 1 }, text: text.to_owned() });
    i
}

fn fitting(books: &Runbooks, i: &IncidentReport, now: i64) -> Vec<RunbookReport> {
    books.fitting(i, now, &|t| t.to_owned())
}

#[test]
fn the_fitting_one_is_quoted_where_it_speaks_of_the_cause() {
    let books = Runbooks::read(&dir());
    let i = incident("order-service", "maxclients-too-low", "redis.exceptions.ConnectionError: Timeout connecting - connection pool exhausted");
    let found = fitting(&books, &i, NOW);
    assert_eq!(found.len(), 1, "{found:?}");
    let book = &found[0];
    assert_eq!((book.file.as_str(), book.title.as_str()), ("redis-connections.md", "Redis connections run out"));
    assert_eq!(book.section, "Mitigation Steps > For Maxclients Too Low");
    assert_eq!(book.matched, ["symptom: Redis connection timeout", "symptom: Connection pool exhausted", "service: order-service"]);
    assert!(book.mitigation.iter().any(|l| l.contains("CONFIG SET maxclients 2000")), "{:?}", book.mitigation);
    assert!(!book.mitigation.iter().any(|l| l.contains("Restart the holder")));
    assert_eq!(book.escalation, ["Primary: #shop-oncall", "Data loss suspected: page the database team"]);
    assert_eq!(book.postmortems, ["2024-01-15: Checkout outage in the flash sale"]);
    assert!(book.stale);
    assert_eq!((book.last_validated.as_deref(), book.severity.as_deref()), (Some("2023-06-30"), Some("sev2")));
    let early = 1_690_000_000_000; // 2023-07-22
    assert!(!fitting(&books, &i, early)[0].stale);
}

#[test]
fn without_a_section_of_its_own_the_first_is_quoted() {
    let books = Runbooks::read(&dir());
    let i = incident("checkout-api", "tls", "connection pool exhausted");
    let found = fitting(&books, &i, NOW);
    assert_eq!(found[0].section, "Mitigation Steps");
    assert!(found[0].mitigation[0].contains("For Traffic Spike"));
}

#[test]
fn other_services_and_other_symptoms_stay_silent() {
    let books = Runbooks::read(&dir());
    assert!(fitting(&books, &incident("mailer", "tls", "connection pool exhausted"), NOW).is_empty());
    assert!(fitting(&books, &incident("order-service", "tls", "certificate has expired"), NOW).is_empty());
    // Server logs name no service: the symptom alone decides.
    let mut nobody = incident("x", "tls", "connection pool exhausted");
    nobody.affected.services.clear();
    let files: Vec<String> = fitting(&books, &nobody, NOW).into_iter().map(|b| b.file).collect();
    assert_eq!(files, ["other-team.md", "redis-connections.md"]);
}

#[test]
fn broken_front_matter_is_a_remark() {
    let books = Runbooks::read(&dir());
    let remarks = books.remarks.join("\n");
    assert!(remarks.contains("runbook broken.md:4 was passed over"), "{remarks}");
    assert!(remarks.contains("1 Markdown file has no front matter"), "{remarks}");
    assert!(Runbooks::read(&dir().join("nowhere")).remarks.len() >= 2);
}

#[test]
fn front_matter_as_people_write_it() {
    let text = "---\r\nServices: ['a', \"b # c\"] # all\r\nsymptoms:\r\n- one\r\n-   two # no\r\nowner:\r\n  team: x\r\nlast_validated: 2024-01-10T00:00:00Z\r\n---\r\nbody";
    let Parsed::Front { front, body, remarks } = parse(text) else { panic!("{:?}", parse(text)) };
    assert_eq!((front.services, front.symptoms), (vec!["a".to_owned(), "b # c".to_owned()], vec!["one".to_owned(), "two".to_owned()]));
    assert_eq!((front.validated_ms, body, remarks.len()), (Some(1_704_844_800_000), "body", 0));
    let dated = parse("---\nservices: a\nlastValidated: last week\n---\n");
    assert!(matches!(dated, Parsed::Front { ref remarks, .. } if remarks.len() == 1 && remarks[0].0 == 3), "{dated:?}");
}

#[test]
fn hostile_front_matter_is_broken_or_nothing() {
    for text in ["", "---", "--- x\n", "# no\n---\nservices: a\n---\n"] {
        assert!(matches!(parse(text), Parsed::None | Parsed::Broken { .. }), "{text:?}");
    }
    let endless = format!("---\n{}", "a: b\n".repeat(10_000));
    for text in ["---\nservices: a\n", "---\n- a\n---\n", "---\nservices: [a\n---\n", "---\n\u{0}\n---\n", "---\ntype: x\n---\n", &endless] {
        assert!(matches!(parse(text), Parsed::Broken { .. }), "{text:?}");
    }
    let mut books = Runbooks::default();
    for text in ["---\nservices: é\nsymptoms: [é, '']\n---\n##########\n#\n# \n####### x\n```\n", "---\nsymptoms: [' ', redis]\n---\n- \n1. \n"] {
        books.add("x".to_owned(), text);
    }
    assert!(fitting(&books, &incident("é", "tls", "x"), NOW).len() <= 2);
}
