// What a password must be: 8 to 256 characters and not known to have leaked; nothing else, for rules about signs make people
// choose worse ones. Hashing (scrypt) is the sign-in library's.
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Config } from '../config.ts'
import { breachList, type BreachList } from './breach.ts'

/** Least and most characters of a password. */
export const passwordLength = { least: 8, most: 256 } as const

const lists = new WeakMap<Config, BreachList>()

/** Checks a password that somebody wants to use from now on. throws: Problem. */
export async function checkPassword(config: Config, password: string, pointer = '/password'): Promise<void> {
  const refuse = (detail: string, hint?: string) =>
    new Problem('check.invalid', { target: 'password', pointer, detail, hint })
  if (password.length < passwordLength.least || password.length > passwordLength.most)
    throw refuse(`A password has ${passwordLength.least} to ${passwordLength.most} characters`)
  let list = lists.get(config)
  if (list === undefined) lists.set(config, (list = breachList(config.passwordBreachList)))
  if (await list(password))
    throw refuse('This password is on a list of passwords that have leaked', 'Choose another one; a sentence is good.')
}
