const pattern = new DataView(new ArrayBuffer(4))

/** The 16-bit pattern of the half-precision number nearest to `value`; ties go to the even one. */
export function halfOf(value: number): number {
  pattern.setFloat32(0, value)
  const bits = pattern.getUint32(0)
  const sign = (bits >>> 16) & 0x8000
  const exponent = ((bits >>> 23) & 0xff) - 112
  const fraction = bits & 0x7fffff
  if (((bits >>> 23) & 0xff) === 0xff) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200)
  if (exponent < -10) return sign
  if (exponent <= 0) return sign | roundShift(fraction | 0x800000, 14 - exponent)
  // Rounding up may carry into the exponent, which is the right result, up to infinity.
  return sign | Math.min(0x7c00, roundShift((exponent << 23) | fraction, 13))
}

function roundShift(value: number, places: number): number {
  const kept = value >>> places
  const rest = value & (2 ** places - 1)
  const middle = 2 ** (places - 1)
  const up = rest > middle || (rest === middle && (kept & 1) === 1)
  return up ? kept + 1 : kept
}

/** The number that a 16-bit half-precision pattern stands for. */
export function numberOfHalf(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1
  const exponent = (bits >>> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
