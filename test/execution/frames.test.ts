import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { encodeFrame, FrameReader, processBorder } from "../../src/execution/worker/frames.ts"

describe("frames of a pipe", () => {
  it("are put together again however the pipe cuts them", () => {
    const values = fc.array(
      fc.oneof(fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true }), fc.uint8Array())
    )
    fc.assert(
      fc.property(values, fc.infiniteStream(fc.integer({ min: 1, max: 40 })), (sent, cuts) => {
        const bytes = Buffer.concat(sent.map(encodeFrame))
        const received: Array<unknown> = []
        const reader = new FrameReader<unknown>((value) => received.push(value))
        for (let at = 0; at < bytes.length; ) {
          const length = cuts.next().value
          reader.push(bytes.subarray(at, at + length))
          at += length
        }
        expect(received).toEqual(sent.map((value) => structuredClone(value)))
      })
    )
  })

  it("carry what a clone carries, and bytes of their own", () => {
    const received: Array<unknown> = []
    const bytes = new Uint8Array([1, 2, 3])
    const sent = { bytes, at: new Date(5), big: 2n ** 70n, error: new RangeError("x", { cause: "y" }), text: "ä€😀" }
    new FrameReader<unknown>((value) => received.push(value)).push(encodeFrame(sent))
    expect(received).toEqual([sent])
    bytes[0] = 9
    expect(received).toMatchObject([{ bytes: new Uint8Array([1, 2, 3]) }])
  })

  it("refuse what cannot leave the process", () => {
    for (const value of [() => {}, new SharedArrayBuffer(4), new MessageChannel().port1, new WeakMap(), Symbol("s")]) {
      expect(processBorder.copies({ value })).toBe(false)
      expect(() => encodeFrame({ value })).toThrow("could not be cloned")
    }
  })

  it("throw where they are not what they say", () => {
    const frame = encodeFrame({ a: 1 })
    frame.fill(0xee, 4)
    expect(() => new FrameReader(() => {}).push(frame)).toThrow()
  })
})
