// The key of the installation, how people sign in, how long they stay signed in, and the mails that belong to it.
import { integer, oneOf, optional, secretText, setting, url } from './setting.ts'

/** Settings of keys and sign-in. */
export const signIn = {
  secret: setting(
    'SECRET',
    'Signing and encryption key, at least 32 characters. Give it when several processes share a database.',
    secretText,
    'made and kept in `DATA_DIR`',
  ),
  secretFile: setting(
    'SECRET_FILE',
    'File that holds the key, for secrets that are mounted; used when `SECRET` is absent.',
    optional,
  ),
  secretPrevious: setting(
    'SECRET_PREVIOUS',
    'The key before, while `peyvand secret rotate` has not run yet.',
    secretText,
  ),
  sessionDays: setting('SESSION_DAYS', 'Days until a session that is not used ends.', integer(7, 1, 365)),
  sessionMaxDays: setting(
    'SESSION_MAX_DAYS',
    'Days after which a session ends however much it is used.',
    integer(30, 1, 365),
  ),
  signInLimit: setting(
    'SIGN_IN_LIMIT',
    'Most failed sign-ins of one account in a minute (four times as many per address), in all processes together; whoever goes on waits twice as long each time. 0 turns it off.',
    integer(5, 0, 1_000_000),
  ),
  resetLimit: setting(
    'RESET_LIMIT',
    'Most links for a new password that one account is sent in an hour; 0 turns the limit off.',
    integer(3, 0, 1_000_000),
  ),
  secondFactor: setting(
    'SECOND_FACTOR',
    'Who must sign in with a second factor: `optional` (those whose role says so) or `everyone`.',
    oneOf('optional', ['optional', 'everyone']),
  ),
  passwordBreachList: setting(
    'PASSWORD_BREACH_LIST',
    'Passwords nobody may choose: a file of SHA-1 hashes in ascending order (`HASH:count`) or of plain passwords, or the https address of a k-anonymity service (`…/range`), which is told the first five characters of a hash.',
    optional,
  ),
  oidcProviders: setting(
    'OIDC_PROVIDERS',
    'OpenID Connect providers people sign in with: JSON, or the path of a file with it (docs/identity.md).',
    optional,
  ),
  mailUrl: setting(
    'MAIL_URL',
    'How mails leave: `smtp://` or `smtps://user:password@host:port`; absent: they are printed to the log.',
    url('smtp:', 'smtps:'),
    'printed to the log',
  ),
  mailFrom: setting('MAIL_FROM', 'Sender of the mails.', optional, 'no-reply at the host of `PUBLIC_URL`'),
}
