// How a mail leaves: through an SMTP server, or printed to the log where none is set. The one interface behind which another way
// can stand. Nobody waits for a mail: what fails is noted, and who asked learns nothing from it.
import { createTransport } from 'nodemailer'
import { publicUrl, type Config } from '../../config.ts'
import { observe, observeError } from '../../observe.ts'

export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** A way for mails out of the building. */
export interface MailTransport {
  send(mail: Mail): Promise<void>
}

/** The transport of the settings. */
export function mailTransport(config: Config): MailTransport {
  return config.mailUrl === undefined ? printed : smtp(config, config.mailUrl)
}

const printed: MailTransport = {
  send: (mail) => {
    observe({ kind: 'mail', ...mail })
    return Promise.resolve()
  },
}

function smtp(config: Config, address: string): MailTransport {
  const from = config.mailFrom ?? `no-reply@${new URL(publicUrl(config)).hostname}`
  const transport = createTransport(address, { from })
  return { send: async (mail) => void (await transport.sendMail(mail)) }
}

/** Sends a mail without being waited for. */
export function post(transport: MailTransport, mail: Mail): void {
  transport.send(mail).catch((error: unknown) => observeError('mail', error))
}
