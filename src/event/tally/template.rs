//! What is common to messages that differ in numbers. In: a message. Out: its template. Fails when: never.

/// Longest template, characters.
const TEMPLATE_CHARS: usize = 160;

/// The text with numbers, ids and quoted parts replaced, so that one message is one template.
pub fn template_of(text: &str) -> String {
    let mut out = String::new();
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        if digits == 0 {
            out.push_str(word);
        } else if digits * 2 >= word.len() || word.len() > 24 {
            out.push('*');
        } else {
            let mut last = ' ';
            for c in word.chars() {
                let c = if c.is_ascii_digit() { '#' } else { c };
                if c != '#' || last != '#' {
                    out.push(c);
                }
                last = c;
            }
        }
        if out.len() > TEMPLATE_CHARS {
            break;
        }
    }
    out.chars().take(TEMPLATE_CHARS).collect()
}
