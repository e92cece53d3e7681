//! Makes sure that the folders of the built web pages exist, so that the server
//! compiles before the web was built, and is compiled anew after it.

fn main() {
    for dist in ["../../web/console/dist", "../../web/desk-sdk/dist"] {
        // Without the folder cargo would run this again at every build. If it cannot be made
        // (a read-only checkout), the pages are simply not there.
        let _ = std::fs::create_dir_all(dist);
        println!("cargo:rerun-if-changed={dist}");
    }
}
