;; The endpoint with the fewest leases serves; of several, the first.
(module
  (memory (export "memory") 4)
  (data (i32.const 8) "least-loaded")
  (data (i32.const 64) "there is nothing to be set")

  (func (export "clearpool_abi") (result i32) (i32.const 1))

  (func (export "clearpool_buffer") (param $length i32) (result i32)
    (select (i32.const 1024) (i32.const 0) (i32.le_u (local.get $length) (i32.const 131072))))

  (func (export "clearpool_reasons") (param i32 i32) (result i64)
    (i64.const 0x80000000c)) ;; 12 bytes at 8

  (func (export "clearpool_init") (param $at i32) (param $length i32) (result i64)
    (if (result i64) (i32.eq (local.get $length) (i32.const 2))
      (then (i64.const 0))
      (else (i64.const 0x400000001a))))

  (func (export "clearpool_pick") (param $at i32) (param $count i32) (result i64)
    (local $place i32)
    (local $record i32)
    (local $load i32)
    (local $least i32)
    (local $best i64)
    (local.set $best (i64.const -1))
    (local.set $least (i32.const -1))
    (local.set $record (i32.add (local.get $at) (i32.const 32)))
    (loop $each
      (local.set $load (i32.load offset=20 (local.get $record)))
      (if (i32.and (i32.load offset=12 (local.get $record))
                   (i32.lt_u (local.get $load) (local.get $least)))
        (then
          (local.set $least (local.get $load))
          (local.set $best (i64.extend_i32_u (local.get $place)))))
      (local.set $record (i32.add (local.get $record) (i32.const 40)))
      (local.set $place (i32.add (local.get $place) (i32.const 1)))
      (br_if $each (i32.lt_u (local.get $place) (local.get $count))))
    (local.get $best)))
