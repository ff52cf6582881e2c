// Loaded into the server by `--import` when it is fuzzed: remembers the names that the built-in prototypes have at start, and
// writes down at exit which came or went. Nothing else of the server is touched.
import { writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

const file = process.env['PROTOTYPES_FILE']
const watched: Readonly<Record<string, object>> = {
  Object: Object.prototype,
  Array: Array.prototype,
  Function: Function.prototype,
  String: String.prototype,
  Number: Number.prototype,
  Boolean: Boolean.prototype,
  Map: Map.prototype,
  Promise: Promise.prototype,
  Error: Error.prototype,
}
const namesOf = (object: object): string[] => Reflect.ownKeys(object).map(String).sort()

if (isMainThread && file !== undefined) {
  const before = new Map(Object.entries(watched).map(([name, object]) => [name, namesOf(object)]))
  process.on('exit', (code) => {
    const changed = Object.entries(watched).flatMap(([name, object]) => {
      const [was, is] = [before.get(name)!, namesOf(object)]
      return [
        ...is.filter((key) => !was.includes(key)).map((key) => `+${name}.${key}`),
        ...was.filter((key) => !is.includes(key)).map((key) => `-${name}.${key}`),
      ]
    })
    writeFileSync(file, JSON.stringify({ code, changed }))
  })
}
