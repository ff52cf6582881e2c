// A certificate that nobody trusts, for tests of what calls others. Its key protects nothing.

/** Key and certificate of `localhost`, signed by itself. */
export function selfSigned(): { readonly key: string; readonly cert: string } {
  return { key, cert }
}

const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQghKhD2UiYKTsbNgJ3
YE8UKlNWQpZD859+AaUTcET8CVWhRANCAASDohNB8dM1jTftgmAQ4ygDzDjo06Yg
BdKDsDKhBdnCJ5ONa9oQCWguZlw83V+49VetO7d6Tqf5uQJov4QLaIQo
-----END PRIVATE KEY-----`

const cert = `-----BEGIN CERTIFICATE-----
MIIBfzCCASWgAwIBAgIUPBj+zfFdmLrPMk6BNobxd6xPtZ4wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNjAyMzAxMVoYDzIxMjYxMTAy
MDIzMDExWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASDohNB8dM1jTftgmAQ4ygDzDjo06YgBdKDsDKhBdnCJ5ONa9oQCWgu
Zlw83V+49VetO7d6Tqf5uQJov4QLaIQoo1MwUTAdBgNVHQ4EFgQU8MXSzJ5AdVmL
aBQ2N2bD9LDRSX8wHwYDVR0jBBgwFoAU8MXSzJ5AdVmLaBQ2N2bD9LDRSX8wDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiBrLzx0jx+V20jthLXxSgMu
l8p9LmEqqc0l/NQxQKggAQIhAKfHfpwKg/1G7rAjLA5YUvrtfn+T2SfsHJjLH5PH
HGjm
-----END CERTIFICATE-----`
