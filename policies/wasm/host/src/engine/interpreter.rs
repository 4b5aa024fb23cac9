//! wasmi: an interpreter in plain Rust.

use wasmi::{
    Caller, CompilationMode, Config, EnforcedLimits, Engine, Error, ExternType, FuncType, Linker, Memory, Store,
    StoreLimits, StoreLimitsBuilder, TrapCode, TypedFunc,
};

use super::{A_MEMORY, Allowance, Instance, Module, NotRead, Shape, TABLE, TABLES, Trap, signature};
use crate::abi::{ABI, BUFFER, Export, IMPORT, MEMORY};
use crate::log::{FUEL, LONGEST, Log};

/// What the store of an instance knows besides the instance.
struct Host {
    limits: StoreLimits,
    log: Log,
}

struct Read {
    engine: Engine,
    module: wasmi::Module,
}

pub(super) fn read(bytes: &[u8]) -> Result<Box<dyn Module>, NotRead> {
    let mut config = Config::default();
    config
        .consume_fuel(true)
        .enforced_limits(EnforcedLimits::strict())
        // A mistake in a function that is rarely called is told now, and no call pays for it later.
        .compilation_mode(CompilationMode::Eager)
        .ignore_custom_sections(true)
        .wasm_custom_page_sizes(false);
    let engine = Engine::new(&config);
    let module = wasmi::Module::new(&engine, bytes).map_err(|error| NotRead::Invalid(error.to_string()))?;
    Ok(Box::new(Read { engine, module }))
}

impl Module for Read {
    fn shape(&self) -> Shape {
        let imports = self.module.imports();
        let imports = imports.map(|it| (it.module().to_owned(), it.name().to_owned(), type_of(it.ty()))).collect();
        let exports = self.module.exports().map(|it| (it.name().to_owned(), type_of(it.ty()))).collect();
        let memory = match self.module.get_export(MEMORY) {
            Some(ExternType::Memory(memory)) => memory.minimum().saturating_mul(1 << 16),
            _ => 0,
        };
        Shape { imports, exports, memory }
    }

    fn start(&self, allowance: Allowance) -> Result<Box<dyn Instance>, Trap> {
        let limits = StoreLimitsBuilder::new()
            .memory_size(allowance.memory)
            .memories(1)
            .tables(TABLES)
            .table_elements(TABLE)
            .instances(1)
            .build();
        let mut store = Store::new(&self.engine, Host { limits, log: Log::default() });
        store.limiter(|host| &mut host.limits);
        store.set_fuel(allowance.fuel).map_err(trap)?;
        let mut linker = Linker::new(&self.engine);
        linker.func_wrap(IMPORT.0, IMPORT.1, log).map_err(|error| Trap::Trapped(error.to_string()))?;
        let instance = linker.instantiate_and_start(&mut store, &self.module).map_err(trap)?;
        let memory = instance.get_memory(&store, MEMORY);
        let abi = instance.get_typed_func(&store, ABI).map_err(trap)?;
        let buffer = instance.get_typed_func(&store, BUFFER).ok();
        let asked = Export::ALL.map(|export| instance.get_typed_func(&store, export.name()).ok());
        Ok(Box::new(Running { store, memory, abi, buffer, asked }))
    }
}

/// `clearpool.log`.
fn log(mut caller: Caller<'_, Host>, start: i32, length: i32) -> Result<(), Error> {
    let fuel = caller.get_fuel()?;
    let Some(left) = fuel.checked_sub(FUEL) else {
        caller.set_fuel(0)?;
        return Err(Error::host(NoFuel));
    };
    caller.set_fuel(left)?;
    let memory = caller.get_export(MEMORY).and_then(wasmi::Extern::into_memory);
    let Some(memory) = memory else { return Err(Error::new("clearpool.log: there is no memory to read from")) };
    let (start, length) = (start as u32 as usize, (length as u32 as usize).min(LONGEST));
    let (bytes, host) = memory.data_and_store_mut(&mut caller);
    let Some(line) = bytes.get(start..start.saturating_add(length)) else {
        return Err(Error::new("clearpool.log: the line lies outside of the memory"));
    };
    host.log.line(line);
    Ok(())
}

/// A line that there was no fuel for.
#[derive(Debug)]
struct NoFuel;

impl std::fmt::Display for NoFuel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no fuel is left for a line to the log")
    }
}

impl wasmi::errors::HostError for NoFuel {}

struct Running {
    store: Store<Host>,
    memory: Option<Memory>,
    abi: TypedFunc<(), i32>,
    buffer: Option<TypedFunc<i32, i32>>,
    asked: [Option<TypedFunc<(i32, i32), i64>>; Export::ALL.len()],
}

impl Instance for Running {
    fn has(&self, export: Export) -> bool {
        self.asked[export as usize].is_some()
    }

    fn abi(&mut self, fuel: u64) -> Result<i32, Trap> {
        self.store.set_fuel(fuel).map_err(trap)?;
        self.abi.call(&mut self.store, ()).map_err(trap)
    }

    fn buffer(&mut self, length: u32, fuel: u64) -> Result<u32, Trap> {
        let Some(buffer) = self.buffer else { return Ok(0) };
        self.store.set_fuel(fuel).map_err(trap)?;
        buffer.call(&mut self.store, length as i32).map(|at| at as u32).map_err(trap)
    }

    fn ask(&mut self, export: Export, message: u32, count: u32, fuel: u64) -> Result<i64, Trap> {
        let Some(asked) = self.asked[export as usize] else {
            return Err(Trap::Trapped(format!("there is no {export}")));
        };
        self.store.set_fuel(fuel).map_err(trap)?;
        asked.call(&mut self.store, (message as i32, count as i32)).map_err(trap)
    }

    fn memory(&mut self) -> &mut [u8] {
        match self.memory {
            Some(memory) => memory.data_mut(&mut self.store),
            None => &mut [],
        }
    }

    fn log(&mut self) -> &mut Log {
        &mut self.store.data_mut().log
    }
}

#[cold]
fn trap(error: Error) -> Trap {
    if error.as_trap_code() == Some(TrapCode::OutOfFuel) || error.downcast_ref::<NoFuel>().is_some() {
        return Trap::OutOfFuel;
    }
    Trap::Trapped(error.to_string())
}

fn type_of(ty: &ExternType) -> String {
    match ty {
        ExternType::Func(function) => of_function(function),
        ExternType::Memory(memory) if memory.is_64() => "a memory of 64 bits".into(),
        ExternType::Memory(_) => A_MEMORY.into(),
        ExternType::Global(_) => "a global".into(),
        ExternType::Table(_) => "a table".into(),
    }
}

fn of_function(function: &FuncType) -> String {
    let words = |types: &[wasmi::ValType]| types.iter().map(|ty| format!("{ty:?}").to_lowercase()).collect::<Vec<_>>();
    signature(words(function.params()), words(function.results()))
}
