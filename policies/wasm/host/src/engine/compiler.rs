//! wasmtime: a compiler to machine code.

use wasmtime::{
    Caller, Config, Engine, Error, ExternType, FuncType, Linker, Memory, Store, StoreLimits, StoreLimitsBuilder,
    TypedFunc,
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
    module: wasmtime::Module,
}

/// The stack of the guest's calls: what one may recurse.
const STACK: usize = 256 << 10;

pub(super) fn read(bytes: &[u8]) -> Result<Box<dyn Module>, NotRead> {
    let invalid = |error: Error| NotRead::Invalid(format!("{error:#}"));
    let mut config = Config::new();
    config
        .consume_fuel(true)
        .max_wasm_stack(STACK)
        // A library installs no signal handlers in the process of its user, and reserves no address space to save
        // checks: modules are small.
        .signals_based_traps(false)
        .memory_reservation(0)
        .memory_guard_size(0)
        .memory_reservation_for_growth(0)
        .memory_init_cow(false)
        .wasm_multi_memory(false)
        .wasm_memory64(false);
    let engine = Engine::new(&config).map_err(invalid)?;
    let module = wasmtime::Module::from_binary(&engine, bytes).map_err(invalid)?;
    Ok(Box::new(Read { engine, module }))
}

impl Module for Read {
    fn shape(&self) -> Shape {
        let imports = self.module.imports();
        let imports = imports.map(|it| (it.module().to_owned(), it.name().to_owned(), type_of(&it.ty()))).collect();
        let exports = self.module.exports().map(|it| (it.name().to_owned(), type_of(&it.ty()))).collect();
        let memory = match self.module.get_export(MEMORY) {
            Some(ExternType::Memory(memory)) => memory.minimum().saturating_mul(memory.page_size()),
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
        linker.func_wrap(IMPORT.0, IMPORT.1, log).map_err(trap)?;
        let instance = linker.instantiate(&mut store, &self.module).map_err(trap)?;
        let memory = instance.get_memory(&mut store, MEMORY);
        let abi = instance.get_typed_func(&mut store, ABI).map_err(trap)?;
        let buffer = instance.get_typed_func(&mut store, BUFFER).ok();
        let asked = Export::ALL.map(|export| instance.get_typed_func(&mut store, export.name()).ok());
        Ok(Box::new(Running { store, memory, abi, buffer, asked }))
    }
}

/// `clearpool.log`.
fn log(mut caller: Caller<'_, Host>, start: i32, length: i32) -> Result<(), Error> {
    let Some(left) = caller.get_fuel()?.checked_sub(FUEL) else { return Err(wasmtime::Trap::OutOfFuel.into()) };
    caller.set_fuel(left)?;
    let memory = caller.get_export(MEMORY).and_then(wasmtime::Extern::into_memory);
    let Some(memory) = memory else { return Err(Error::msg("clearpool.log: there is no memory to read from")) };
    let (start, length) = (start as u32 as usize, (length as u32 as usize).min(LONGEST));
    let (bytes, host) = memory.data_and_store_mut(&mut caller);
    let Some(line) = bytes.get(start..start.saturating_add(length)) else {
        return Err(Error::msg("clearpool.log: the line lies outside of the memory"));
    };
    host.log.line(line);
    Ok(())
}

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
        let Some(buffer) = &self.buffer else { return Ok(0) };
        self.store.set_fuel(fuel).map_err(trap)?;
        buffer.call(&mut self.store, length as i32).map(|at| at as u32).map_err(trap)
    }

    fn ask(&mut self, export: Export, message: u32, count: u32, fuel: u64) -> Result<i64, Trap> {
        let Some(asked) = &self.asked[export as usize] else {
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
    match error.downcast_ref::<wasmtime::Trap>() {
        Some(wasmtime::Trap::OutOfFuel) => Trap::OutOfFuel,
        // The interpreter says the same without this.
        Some(trap) => Trap::Trapped(trap.to_string().trim_start_matches("wasm trap: ").to_owned()),
        None => Trap::Trapped(error.root_cause().to_string()),
    }
}

fn type_of(ty: &ExternType) -> String {
    match ty {
        ExternType::Func(function) => of_function(function),
        ExternType::Memory(memory) if memory.is_64() => "a memory of 64 bits".into(),
        ExternType::Memory(_) => A_MEMORY.into(),
        ExternType::Global(_) => "a global".into(),
        ExternType::Table(_) => "a table".into(),
        _ => "something else".into(),
    }
}

fn of_function(function: &FuncType) -> String {
    let words = |ty: wasmtime::ValType| ty.to_string();
    signature(function.params().map(words), function.results().map(words))
}
