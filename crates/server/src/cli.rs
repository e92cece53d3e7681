//! The command line: what the words mean, and what the exit codes are. 0 is
//! done, 1 is failed, 2 is asked wrongly.

use crate::config::{self, Config, Sources};
use crate::doctor;
use crate::logging;
use crate::operator;
use crate::serve::{self, ServeOptions};
use crate::sip_sockets::tls;
use clap::{Args, Parser, Subcommand};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// A voice contact centre in one binary.
#[derive(Parser)]
#[command(name = "callyard", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the server.
    Serve(ServeArgs),
    /// Places a test call through the running server and measures its sound both ways.
    Doctor(DoctorArgs),
    /// Helps operators who cannot sign in.
    #[command(subcommand)]
    Operator(OperatorCommand),
    /// Works with the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Prints the description of the HTTP API.
    Openapi,
}

#[derive(Args)]
struct ServeArgs {
    /// The configuration file; without it the defaults hold.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder for everything that is kept.
    #[arg(long, value_name = "DIR", default_value = "./data")]
    data: PathBuf,
    /// Makes a demo application with a virtual carrier.
    #[arg(long)]
    demo: bool,
}

#[derive(Args)]
struct DoctorArgs {
    /// The data folder of the running server.
    #[arg(long, value_name = "DIR", default_value = "./data")]
    data: PathBuf,
}

#[derive(Subcommand)]
enum OperatorCommand {
    /// Sets an operator's password: the first line of the standard input, or a random one that is printed.
    SetPassword {
        /// The server's configuration file, if it names a database.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// The server's data folder.
        #[arg(long, value_name = "DIR", default_value = "./data")]
        data: PathBuf,
        /// The operator's account, where there are several.
        #[arg(long, value_name = "ACCOUNT")]
        account: Option<String>,
    },
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Prints OK, or every fault with its mend.
    Check {
        /// The configuration file.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Prints the manual's page about the configuration.
    Manual,
}

/// Runs what the command line says.
pub fn run() -> ExitCode {
    match Cli::parse().command {
        Command::Serve(args) => serve(args),
        Command::Doctor(args) => doctor(&args.data),
        Command::Operator(OperatorCommand::SetPassword { config, data, account }) => {
            set_password(config.as_deref(), &data, account.as_deref())
        }
        Command::Config(ConfigCommand::Check { config }) => match read_config(config.as_deref()) {
            Ok(config) => match config.sip.tls.as_ref().map_or(Ok(()), |tls| tls::check(&tls.files)) {
                Ok(()) => {
                    println!("OK");
                    ExitCode::SUCCESS
                }
                Err(fault) => {
                    eprintln!("callyard: the configuration has 1 fault(s)\n  {fault}");
                    ExitCode::FAILURE
                }
            },
            Err(code) => code,
        },
        Command::Config(ConfigCommand::Manual) => {
            print!("{}", config::manual());
            ExitCode::SUCCESS
        }
        Command::Openapi => openapi(),
    }
}

fn serve(args: ServeArgs) -> ExitCode {
    let config = match read_config(args.config.as_deref()) {
        Ok(config) => config,
        Err(code) => return code,
    };
    logging::start(&config.log);
    let options = ServeOptions { config, data: args.data, demo: args.demo };
    match on_runtime(serve::run(options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("callyard: {error}");
            ExitCode::FAILURE
        }
    }
}

fn doctor(data: &Path) -> ExitCode {
    if on_runtime(doctor::run(data)) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn set_password(config: Option<&Path>, data: &Path, account: Option<&str>) -> ExitCode {
    let config = match read_config(config) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let mut line = String::new();
    if !std::io::stdin().is_terminal()
        && let Err(error) = std::io::stdin().read_line(&mut line)
    {
        eprintln!("callyard: the password cannot be read: {error}");
        return ExitCode::FAILURE;
    }
    let password = Some(line.trim_end_matches(['\r', '\n'])).filter(|password| !password.is_empty());
    match on_runtime(operator::set_password(&config, data, account, password)) {
        Ok(done) => {
            eprintln!("callyard: {} has a new password; sessions with the old one are over", done.account);
            if let Some(made_up) = done.made_up {
                println!("{made_up}");
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("callyard: {error}");
            ExitCode::FAILURE
        }
    }
}

fn openapi() -> ExitCode {
    match crate::http::openapi().to_pretty_json() {
        Ok(document) => {
            println!("{document}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("callyard: the API's description cannot be printed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn on_runtime<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("the operating system gives a process its threads and an epoll handle");
    runtime.block_on(work)
}

fn read_config(file: Option<&Path>) -> Result<Config, ExitCode> {
    let text = match file.map(std::fs::read_to_string) {
        None => String::new(),
        Some(Ok(text)) => text,
        Some(Err(error)) => {
            let name = file.unwrap_or(Path::new("")).display();
            eprintln!(
                "callyard: {name}: {error}\n    mend: Name an existing file with --config, or leave it out for the defaults."
            );
            return Err(ExitCode::FAILURE);
        }
    };
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    Config::read(&Sources { file: text, environment }).map_err(|faults| {
        eprintln!("callyard: the configuration has {} fault(s)", faults.len());
        for fault in faults {
            eprintln!("  {fault}");
        }
        ExitCode::FAILURE
    })
}
