package download

import "zachin/app/secret"

// keyringName is the token's name in the system's keyring.
const keyringName = "HF_TOKEN"

// StoreToken keeps a token in the system's keyring; an empty one removes it.
func StoreToken(getenv func(string) string, token Secret) error {
	return secret.Store(getenv, keyringName, string(token))
}

// storedToken is the token in the keyring, or none.
func storedToken(getenv func(string) string) Secret { return Secret(secret.Load(getenv, keyringName)) }
