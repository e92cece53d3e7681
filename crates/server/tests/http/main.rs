//! The HTTP side over its real router, a real SQLite store and a stand-in for
//! call control that answers at once.

mod house;
mod sign_in;
mod rights;
mod tenants;
mod settings;
mod records;
mod desk_socket;
mod listener;
mod cloud;
mod description;
