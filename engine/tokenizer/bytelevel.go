package tokenizer

// byteRunes spells every byte as one visible character, so that a token is an ordinary string whatever bytes it
// stands for: GPT-2's table. Bytes that are visible in Latin-1 stand for themselves, the other 68 for U+0100 onward.
var byteRunes = func() (table [256]rune) {
	next := rune(0x100)
	for b := range table {
		switch {
		case b >= '!' && b <= '~', b >= 0xA1 && b <= 0xAC, b >= 0xAE:
			table[b] = rune(b)
		default:
			table[b] = next
			next++
		}
	}
	return table
}()

// runeBytes is the reverse of byteRunes: the byte plus one, or 0 for a character outside the table.
var runeBytes = func() (table [0x100 + 68]uint16) {
	for b, r := range byteRunes {
		table[r] = uint16(b) + 1
	}
	return table
}()

// tokenBytes returns what a token of vocab.json stands for in text. A token with a character outside the byte table
// was added by hand and stands for its own letters.
func tokenBytes(token string) []byte {
	out := make([]byte, 0, len(token))
	for _, r := range token {
		if int(r) >= len(runeBytes) || runeBytes[r] == 0 {
			return []byte(token)
		}
		out = append(out, byte(runeBytes[r]-1))
	}
	return out
}
