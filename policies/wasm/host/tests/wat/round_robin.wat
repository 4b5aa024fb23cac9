;; The endpoints serve in turn.
(module
  (memory (export "memory") 4)
  ;; Below 1024 what is constant, from there on the message.
  (data (i32.const 8) "in-turn")
  (data (i32.const 64) "there is nothing to be set")
  ;; The place whose turn is next.
  (global $next (mut i32) (i32.const 0))

  (func (export "clearpool_abi") (result i32) (i32.const 1))

  (func (export "clearpool_buffer") (param $length i32) (result i32)
    (select (i32.const 1024) (i32.const 0) (i32.le_u (local.get $length) (i32.const 131072))))

  (func (export "clearpool_reasons") (param i32 i32) (result i64)
    (i64.const 0x800000007)) ;; 7 bytes at 8

  (func (export "clearpool_init") (param $at i32) (param $length i32) (result i64)
    ;; The options are JSON: `{}` is none.
    (if (result i64) (i32.eq (local.get $length) (i32.const 2))
      (then (i64.const 0))
      (else (i64.const 0x400000001a)))) ;; 26 bytes at 64

  (func (export "clearpool_pick") (param $at i32) (param $count i32) (result i64)
    (local $place i32)
    (local $left i32)
    (local.set $left (local.get $count))
    (local.set $place (global.get $next))
    (loop $look
      (if (i32.ge_u (local.get $place) (local.get $count)) (then (local.set $place (i32.const 0))))
      ;; Records of 40 bytes after a header of 32; bit 0 of the flags at 12: it can serve.
      (if (i32.and (i32.load offset=44 (i32.add (local.get $at) (i32.mul (local.get $place) (i32.const 40))))
                   (i32.const 1))
        (then (return (i64.extend_i32_u (local.get $place)))))
      (local.set $place (i32.add (local.get $place) (i32.const 1)))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $look (local.get $left)))
    (i64.const -1))

  (func (export "clearpool_served") (param $at i32) (param $count i32) (result i64)
    ;; The place of the one that served is in the header, at 28.
    (global.set $next (i32.add (i32.load offset=28 (local.get $at)) (i32.const 1)))
    (i64.const 0)))
