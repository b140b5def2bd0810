"""What a person signs in with: password, second factor, and mail to an address.

Secrets are kept hashed or encrypted, or are not kept at all: the token of a mail is a
function of the mail and of a key of ours, made when the mail is sent.
"""
