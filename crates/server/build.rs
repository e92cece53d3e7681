//! Makes sure that the folder of the built web pages exists, so that the server
//! compiles before the web was built, and is compiled anew after it.

fn main() {
    let dist = "../../web/console/dist";
    // Without the folder cargo would run this again at every build. If it cannot be made
    // (a read-only checkout), the pages are simply not there.
    let _ = std::fs::create_dir_all(dist);
    println!("cargo:rerun-if-changed={dist}");
}
