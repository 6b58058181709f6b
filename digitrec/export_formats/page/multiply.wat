;; The product of two matrices, four numbers at a time: nearly all the work of a network.
;;
;; result[o][p] = bias[o] + sum over k of weights[o][k] * columns[k][p]
;;
;; All arguments are addresses in bytes or counts. The weights of four outputs stand side by side:
;; weights[o / 4][k][o % 4]. The outputs are a multiple of 4, and the places one of 8.
;; digitrec/export_formats/wasm_assembler.py turns this text into the module.
(module
  (import "page" "memory" (memory 1))
  (func (export "multiply")
    (param $weights i32) (param $bias i32) (param $columns i32) (param $result i32)
    (param $outputs i32) (param $inner i32) (param $places i32)
    (local $row i32) (local $place i32) (local $k i32) (local $w i32) (local $c i32)
    (local $left v128) (local $right v128) (local $one v128)
    (local $a0 v128) (local $a1 v128) (local $b0 v128) (local $b1 v128)
    (local $c0 v128) (local $c1 v128) (local $d0 v128) (local $d1 v128)

    local.get $places  i32.const 4  i32.mul  local.set $row   ;; bytes of a row of columns
    loop $each_four_outputs
      i32.const 0  local.set $place
      loop $each_eight_places
        local.get $bias  v128.load32_splat 0   local.tee $a0  local.set $a1
        local.get $bias  v128.load32_splat 4   local.tee $b0  local.set $b1
        local.get $bias  v128.load32_splat 8   local.tee $c0  local.set $c1
        local.get $bias  v128.load32_splat 12  local.tee $d0  local.set $d1
        local.get $weights  local.set $w
        local.get $columns  local.get $place  i32.add  local.set $c
        local.get $inner  local.set $k
        loop $each_inner
          local.get $c  v128.load 0   local.set $left
          local.get $c  v128.load 16  local.set $right

          local.get $w  v128.load32_splat 0  local.set $one
          local.get $a0  local.get $one  local.get $left   f32x4.mul  f32x4.add  local.set $a0
          local.get $a1  local.get $one  local.get $right  f32x4.mul  f32x4.add  local.set $a1

          local.get $w  v128.load32_splat 4  local.set $one
          local.get $b0  local.get $one  local.get $left   f32x4.mul  f32x4.add  local.set $b0
          local.get $b1  local.get $one  local.get $right  f32x4.mul  f32x4.add  local.set $b1

          local.get $w  v128.load32_splat 8  local.set $one
          local.get $c0  local.get $one  local.get $left   f32x4.mul  f32x4.add  local.set $c0
          local.get $c1  local.get $one  local.get $right  f32x4.mul  f32x4.add  local.set $c1

          local.get $w  v128.load32_splat 12  local.set $one
          local.get $d0  local.get $one  local.get $left   f32x4.mul  f32x4.add  local.set $d0
          local.get $d1  local.get $one  local.get $right  f32x4.mul  f32x4.add  local.set $d1

          local.get $w  i32.const 16  i32.add  local.set $w
          local.get $c  local.get $row  i32.add  local.set $c
          local.get $k  i32.const 1  i32.sub  local.tee $k
          br_if $each_inner
        end

        local.get $result  local.get $place  i32.add  local.tee $c
        local.get $a0  v128.store 0
        local.get $c  local.get $a1  v128.store 16
        local.get $c  local.get $row  i32.add  local.tee $c
        local.get $b0  v128.store 0
        local.get $c  local.get $b1  v128.store 16
        local.get $c  local.get $row  i32.add  local.tee $c
        local.get $c0  v128.store 0
        local.get $c  local.get $c1  v128.store 16
        local.get $c  local.get $row  i32.add  local.tee $c
        local.get $d0  v128.store 0
        local.get $c  local.get $d1  v128.store 16

        local.get $place  i32.const 32  i32.add  local.tee $place
        local.get $row  i32.lt_u
        br_if $each_eight_places
      end

      local.get $weights  local.get $inner  i32.const 16  i32.mul  i32.add  local.set $weights
      local.get $result  local.get $row  i32.const 4  i32.mul  i32.add  local.set $result
      local.get $bias  i32.const 16  i32.add  local.set $bias
      local.get $outputs  i32.const 4  i32.sub  local.tee $outputs
      br_if $each_four_outputs
    end)
)
