// A certified OpenID provider (npm oidc-provider) as a process of its own, for tests. Arguments: port, client ids with their
// redirect addresses. Everybody can sign in there; `unverified-…` has an address that was not verified.
import { Provider } from 'oidc-provider'

const [port = '0', ...redirects] = process.argv.slice(2)
const issuer = `http://127.0.0.1:${port}`

/** Who has another address now, as the test says. */
const addresses = new Map<string, string>()
process.on('message', ({ id, email }: { id: string; email: string }) => addresses.set(id, email))

const provider = new Provider(issuer, {
  clients: redirects.map((redirect) => ({
    client_id: `peyvand-${redirect.split('/').at(-1)}`,
    client_secret: 'a secret of the client',
    redirect_uris: [redirect],
  })),
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  pkce: { required: () => true },
  cookies: { keys: ['only for tests'] },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      email: addresses.get(id) ?? `${id}@example.com`,
      email_verified: !id.startsWith('unverified'),
      name: `Person ${id}`,
    }),
  }),
})
provider.listen(Number(port), '127.0.0.1', () => console.log('ready'))
