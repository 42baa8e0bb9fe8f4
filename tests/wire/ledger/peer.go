// The Go project's own log and note packages (golang.org/x/mod/sumdb) as a peer of portal.wire.ledger.
//
// With Debian's golang-go and golang-golang-x-mod-dev:
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run tests/wire/ledger/peer.go make > tests/vectors/ledger_peer.json
//	GO111MODULE=off GOPATH=/usr/share/gocode go run tests/wire/ledger/peer.go check < tests/vectors/ledger.json
//
// The first writes what the tests of Python and TypeScript read; the second reads what Python wrote.
package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log"
	"math/rand"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	largest = 5000
	trees   = 40
)

type proof struct {
	Old    int64    `json:"old"`
	New    int64    `json:"new"`
	Hashes []string `json:"hashes"`
}

type made struct {
	Roots         map[int64]string `json:"roots"`
	Inclusions    []proof          `json:"inclusions"`
	Consistencies []proof          `json:"consistencies"`
	Vkey          string           `json:"vkey"`
	Note          string           `json:"note"`
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func entry(index int64) []byte { return []byte(fmt.Sprintf("entry %d", index)) }

func texts(hashes []tlog.Hash) []string {
	written := []string{}
	for _, hash := range hashes {
		written = append(written, base64.StdEncoding.EncodeToString(hash[:]))
	}
	return written
}

func makeVectors() {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var found []tlog.Hash
		for _, index := range indexes {
			found = append(found, stored[index])
		}
		return found, nil
	})
	for index := int64(0); index < largest; index++ {
		hashes, err := tlog.StoredHashes(index, entry(index), reader)
		must(err)
		stored = append(stored, hashes...)
	}
	out := made{Roots: map[int64]string{}}
	rootOf := func(size int64) {
		root, err := tlog.TreeHash(size, reader)
		must(err)
		out.Roots[size] = texts([]tlog.Hash{root})[0]
	}
	chance := rand.New(rand.NewSource(1))
	rootOf(largest)
	for tree := 0; tree < trees; tree++ {
		size := chance.Int63n(largest) + 1
		old := chance.Int63n(size) + 1
		rootOf(size)
		rootOf(old)
		included, err := tlog.ProveRecord(size, old-1, reader)
		must(err)
		out.Inclusions = append(out.Inclusions, proof{old - 1, size, texts(included)})
		grown, err := tlog.ProveTree(size, old, reader)
		must(err)
		out.Consistencies = append(out.Consistencies, proof{old, size, texts(grown)})
	}
	seed := sha256.Sum256([]byte("peer"))
	secret, vkey, err := note.GenerateKey(strings.NewReader(string(seed[:])), "peer.example/log")
	must(err)
	signer, err := note.NewSigner(secret)
	must(err)
	text := fmt.Sprintf("peer.example/log\n%d\n%s\n", largest, out.Roots[largest])
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	must(err)
	out.Vkey, out.Note = vkey, string(signed)
	written, err := json.Marshal(out)
	must(err)
	fmt.Println(string(written))
}

func hashOf(text string) (hash tlog.Hash) {
	raw, err := base64.StdEncoding.DecodeString(text)
	must(err)
	copy(hash[:], raw)
	return hash
}

func checkVectors() {
	var in struct {
		Tree struct {
			Roots []struct {
				Size int64
				Root string
			}
			Inclusions []struct {
				Index, Size int64
				Hashes      []string
			}
			Consistencies []struct {
				Old, New int64
				Hashes   []string
			}
		}
		Notes struct{ Vkey, Cosigned, Checkpoint string }
	}
	must(json.NewDecoder(os.Stdin).Decode(&in))
	roots := map[int64]tlog.Hash{}
	for _, one := range in.Tree.Roots {
		roots[one.Size] = hashOf(one.Root)
	}
	count := 0
	for _, one := range in.Tree.Inclusions {
		var path tlog.RecordProof
		for _, text := range one.Hashes {
			path = append(path, hashOf(text))
		}
		must(tlog.CheckRecord(path, one.Size, roots[one.Size], one.Index, tlog.RecordHash(entry(one.Index))))
		count++
	}
	for _, one := range in.Tree.Consistencies {
		var path tlog.TreeProof
		for _, text := range one.Hashes {
			path = append(path, hashOf(text))
		}
		if one.Old > 0 { // x/mod knows no proof from the empty tree
			must(tlog.CheckTree(path, one.New, roots[one.New], one.Old, roots[one.Old]))
			count++
		}
	}
	verifier, err := note.NewVerifier(in.Notes.Vkey)
	must(err)
	for _, text := range []string{in.Notes.Checkpoint, in.Notes.Cosigned} {
		opened, err := note.Open([]byte(text), note.VerifierList(verifier))
		must(err)
		if len(opened.Sigs) != 1 {
			log.Fatal("not signed by the log")
		}
		count++
	}
	fmt.Printf("%d proofs and notes of Python's are good\n", count)
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "make" {
		makeVectors()
	} else if len(os.Args) == 2 && os.Args[1] == "check" {
		checkVectors()
	} else {
		log.Fatal("make or check")
	}
}
