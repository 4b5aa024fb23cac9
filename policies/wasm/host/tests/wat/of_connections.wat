;; Three roles in one module: the connection used least is handed out, one that has served eight leases is
;; closed, and one lives for ten minutes; when there are too many, the one released longest ago goes.
(module
  (memory (export "memory") 4)
  (data (i32.const 8) "least-used\nkeep\nworn\nage\noldest")
  (data (i32.const 64) "there is nothing to be set")

  (func (export "clearpool_abi") (result i32) (i32.const 1))

  (func (export "clearpool_buffer") (param $length i32) (result i32)
    (select (i32.const 1024) (i32.const 0) (i32.le_u (local.get $length) (i32.const 131072))))

  (func (export "clearpool_reasons") (param i32 i32) (result i64)
    (i64.const 0x80000001f)) ;; 31 bytes at 8

  (func (export "clearpool_init") (param $at i32) (param $length i32) (result i64)
    (if (result i64) (i32.eq (local.get $length) (i32.const 2))
      (then (i64.const 0))
      (else (i64.const 0x400000001a))))

  ;; Records of 56 bytes after the header; uses at 32.
  (func (export "clearpool_choose") (param $at i32) (param $count i32) (result i64)
    (local $place i32)
    (local $record i32)
    (local $uses i32)
    (local $least i32)
    (local $best i32)
    (local.set $least (i32.const -1))
    (local.set $record (i32.add (local.get $at) (i32.const 32)))
    (loop $each
      (local.set $uses (i32.load offset=32 (local.get $record)))
      (if (i32.lt_u (local.get $uses) (local.get $least))
        (then
          (local.set $least (local.get $uses))
          (local.set $best (local.get $place))))
      (local.set $record (i32.add (local.get $record) (i32.const 56)))
      (local.set $place (i32.add (local.get $place) (i32.const 1)))
      (br_if $each (i32.lt_u (local.get $place) (local.get $count))))
    (i64.extend_i32_u (local.get $best)))

  ;; 0 keeps, with reason 1; 2 closes, with reason 2.
  (func (export "clearpool_settle") (param $at i32) (param $count i32) (result i64)
    (select (i64.const 0x200000002) (i64.const 0x100000000)
      (i32.ge_u (i32.load offset=64 (local.get $at)) (i32.const 8))))

  ;; Born at 48 of the message; the deadline goes to where the message began. Looked at on acquire, on
  ;; release and in the background: 1 + 2 + 4, with reason 3.
  (func (export "clearpool_expires") (param $at i32) (param $count i32) (result i64)
    (i64.store (local.get $at) (i64.add (i64.load offset=48 (local.get $at)) (i64.const 600000000000)))
    (i64.const 0x300000007))

  ;; They are shown with the oldest first.
  (func (export "clearpool_victim") (param $at i32) (param $count i32) (result i64)
    (i64.const 0x400000000)))
