//! A secret cannot be shown by mistake.

fn main() {
    println!("{}", spacewright::Secret::from("correct horse"));
}
