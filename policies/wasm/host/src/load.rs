//! From a file to a module that runs and was found to be a policy of the right role.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use pool_core::{OptionError, Reason, Role, Time};
use serde_json::Value;

use crate::WasmOptions;
use crate::abi::{
    self, ABI, ABI_SIGNATURE, ASKED, BUFFER, BUFFER_SIGNATURE, Export, IMPORT, IMPORT_SIGNATURE, MEMORY, VERSION,
};
use crate::engine::{self, A_MEMORY, Allowance, Instance, Module, NotRead, Shape, Trap};
use crate::guest::{Fault, Guest, Mind};
use crate::words;

/// A longer file is no policy.
const MOST_BYTES: u64 = 16 << 20;
/// Fuel for each call while it is loaded: its start, its reasons, its options. A tenth of a second or so.
const FUEL: u64 = 10_000_000;
/// A longer text of the guest's is cut.
const MOST_TEXT: usize = 4096;

/// Loads the module that these options name. It is a policy of its role by one of `own`.
///
/// # Errors
/// If there is none, or it is no policy of this role, or it refuses its options.
pub(crate) fn load(options: &WasmOptions, role: Role, own: &[Export]) -> Result<Guest, OptionError> {
    options.check()?;
    let bytes = bytes(&options.file).map_err(|wrong| at_file(&options.file, &wrong))?;
    let module = engine::read(options.engine, &bytes).map_err(|error| not_read(options, error))?;
    let guest = start(&*module, options, role, own).map_err(|wrong| at_file(&options.file, &wrong))?;
    init(guest, options)
}

fn at_file(file: &Path, wrong: &str) -> OptionError {
    OptionError::new("file", format!("{} {wrong}", file.display()))
}

fn not_read(options: &WasmOptions, error: NotRead) -> OptionError {
    match error {
        NotRead::Invalid(why) => at_file(&options.file, &format!("is no valid module: {why}")),
        NotRead::NoEngine => {
            let message = "this build has no wasmtime: build it with the cargo feature `wasmtime`, or take \"wasmi\"";
            OptionError::new("engine", message)
        }
    }
}

fn bytes(file: &Path) -> Result<Vec<u8>, String> {
    let not_read = |error: std::io::Error| format!("cannot be read: {error}");
    let kind = std::fs::metadata(file).map_err(not_read)?;
    if !kind.is_file() {
        return Err("is no file".into());
    }
    let mut bytes = Vec::new();
    File::open(file).map_err(not_read)?.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(not_read)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(format!("is larger than the {} MiB that a module may have", MOST_BYTES >> 20));
    }
    match bytes.get(..8) {
        Some(b"\0asm\x01\0\0\0") => Ok(bytes),
        Some([b'\0', b'a', b's', b'm', ..]) => {
            Err("is no core module of WebAssembly 1: a component? Policies are core modules".into())
        }
        _ if bytes.is_empty() => Err("is empty".into()),
        _ => Err("is no WebAssembly module: it does not begin as one. The text format is not taken: \
                  make it binary, with `wat2wasm`"
            .into()),
    }
}

/// An instance of it that speaks our language and has what its role needs.
fn start(module: &dyn Module, options: &WasmOptions, role: Role, own: &[Export]) -> Result<Guest, String> {
    let shape = module.shape();
    check_imports(&shape)?;
    check_memory(&shape, options)?;
    let allowance = Allowance { memory: options.max_memory.bytes(), fuel: FUEL };
    check_export(&shape, ABI, ABI_SIGNATURE)?;
    let mut instance =
        module.start(allowance).map_err(|trap| format!("cannot be started: {}", of_load(&trap, "its start")))?;
    let version = instance.abi(FUEL).map_err(|trap| format!("does not say its version: {}", of_load(&trap, ABI)))?;
    if version != VERSION {
        return Err(format!(
            "speaks version {version} of the interface, and this host version {VERSION}: build it with the guest's \
             crate of this version of Clearpool"
        ));
    }
    check_exports(&shape, role, own)?;
    let reasons = reasons(&mut *instance)?;
    let file: Arc<str> = options.file.display().to_string().into();
    Ok(Guest::new(instance, Mind { file, role, reasons, fuel: options.fuel, disable_after: options.disable_after }))
}

fn of_load(trap: &Trap, call: &str) -> String {
    match trap {
        Trap::OutOfFuel => format!("{call} used up the {FUEL} of fuel that it has; an endless loop?"),
        Trap::Trapped(_) => trap.to_string(),
    }
}

fn check_imports(shape: &Shape) -> Result<(), String> {
    for (module, name, ty) in &shape.imports {
        let ours = (module.as_str(), name.as_str()) == IMPORT;
        if !ours {
            return Err(format!(
                "imports `{module}.{name}`; a policy has nothing but `{}.{}`: no files, no network, no clock",
                IMPORT.0, IMPORT.1
            ));
        }
        if ty != IMPORT_SIGNATURE {
            return Err(format!("imports `{module}.{name}` as {ty}; it is {IMPORT_SIGNATURE}"));
        }
    }
    Ok(())
}

fn check_memory(shape: &Shape, options: &WasmOptions) -> Result<(), String> {
    let most = options.max_memory;
    if shape.memory <= most.bytes() as u64 {
        return Ok(());
    }
    Err(format!(
        "begins with {} KiB of memory, and max_memory is {most}: raise it, or link it with a smaller stack \
         (-C link-arg=-zstack-size=32768)",
        shape.memory >> 10
    ))
}

fn check_exports(shape: &Shape, role: Role, own: &[Export]) -> Result<(), String> {
    for (name, ty) in [(MEMORY, A_MEMORY), (BUFFER, BUFFER_SIGNATURE), (Export::Reasons.name(), ASKED)] {
        check_export(shape, name, ty)?;
    }
    for export in Export::ALL.into_iter().filter(|export| find(shape, export.name()).is_some()) {
        check_export(shape, export.name(), ASKED)?;
    }
    if own.iter().any(|export| find(shape, export.name()).is_some()) {
        return Ok(());
    }
    let own: Vec<String> = own.iter().map(|export| format!("`{export}`")).collect();
    Err(format!("has no export {}, by which it would be a policy of the role {}", own.join(" or "), role.as_str()))
}

fn check_export(shape: &Shape, name: &str, expected: &str) -> Result<(), String> {
    match find(shape, name) {
        Some(ty) if ty == expected => Ok(()),
        Some(ty) => Err(format!("exports `{name}` as {ty}; it must be {expected}")),
        None => Err(format!("has no export `{name}`, which must be {expected}: it is no policy for Clearpool")),
    }
}

fn find<'a>(shape: &'a Shape, name: &str) -> Option<&'a str> {
    shape.exports.iter().find(|(export, _)| export == name).map(|(_, ty)| ty.as_str())
}

fn reasons(instance: &mut dyn Instance) -> Result<Vec<Reason>, String> {
    let asked = instance.ask(Export::Reasons, 0, 0, FUEL);
    let raw = asked.map_err(|trap| format!("does not say its reasons: {}", of_load(&trap, "clearpool_reasons")))?;
    let list = text(instance, raw).ok_or("has its reasons outside of its memory")?;
    words::declared(&list)
}

/// A text in the guest's memory; `None` if it lies outside.
fn text(instance: &mut dyn Instance, raw: i64) -> Option<String> {
    let (start, length) = abi::text(raw);
    let (start, length) = (start as usize, length as usize);
    let bytes = instance.memory().get(start..start.checked_add(length)?)?;
    Some(String::from_utf8_lossy(&bytes[..length.min(MOST_TEXT)]).into_owned())
}

/// Hands the guest its options.
fn init(mut guest: Guest, options: &WasmOptions) -> Result<Guest, OptionError> {
    let given = &options.options;
    if !guest.has(Export::Init) {
        return match given.keys().next() {
            None => Ok(guest),
            Some(key) => Err(OptionError::new(
                &format!("options.{key}"),
                "the module takes no options: it has no `clearpool_init`",
            )),
        };
    }
    let json = Value::Object(given.clone()).to_string();
    let asked = guest.message(Export::Init, json.len(), json.len(), FUEL, Time::ZERO, |place| {
        place.copy_from_slice(json.as_bytes());
    });
    let refusal = match asked {
        Ok(0) => return Ok(guest),
        Ok(raw) => text(guest.instance(), raw).unwrap_or_else(|| "refused, with a reason outside of its memory".into()),
        Err(Fault::Trap(trap)) => of_load(&trap, "clearpool_init"),
        Err(fault) => fault.to_string(),
    };
    Err(refused(given, &refusal))
}

/// The guest's own message. Where it begins with one of its keys, as ours do, the error leads there.
fn refused(given: &serde_json::Map<String, Value>, message: &str) -> OptionError {
    match message.split_once(": ") {
        Some((key, message)) if given.contains_key(key) => {
            let mut error = OptionError::new("options", message);
            error.path.push(key.to_owned());
            error
        }
        _ => OptionError::new("options", message),
    }
}
