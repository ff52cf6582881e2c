// Objects that hold nothing but what is put into them: no "constructor", no "toString". Unlike those of Object.create(null),
// which engines keep as hash tables, they are as quick to make, to copy and to print as any literal.

function Bare(): void {}
Bare.prototype = Object.freeze(Object.create(null))

/** A new object without inherited members. */
export function bare<T>(): Record<string, T> {
  return new (Bare as unknown as new () => Record<string, T>)()
}
