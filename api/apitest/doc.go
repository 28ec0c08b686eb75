// Package apitest is how the API is tried: a house with a record, people and
// their tokens behind the real handler, and every answer held to the contract.
// Its own tests take whole cases through a real engine; they are the ones of the
// API that link it. Only tests import it.
package apitest
