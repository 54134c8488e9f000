//! `docs/plugins.md` shows this crate as it is.
#![allow(clippy::unwrap_used)]

const PAGE: &str = include_str!("../../../docs/plugins.md");
const SOURCES: [&str; 2] = [include_str!("../src/lib.rs"), include_str!("../src/bin/my-site-kamelot.rs")];

#[test]
fn the_code_of_the_page_is_that_of_the_crate() {
    let blocks: Vec<&str> = PAGE.split("```rust\n").skip(1).map(|rest| rest.split_once("\n```").unwrap().0).collect();
    assert!(blocks.len() > 5);
    for block in blocks {
        assert!(SOURCES.iter().any(|source| source.contains(block)), "it is not in the crate:\n{block}");
    }
}
