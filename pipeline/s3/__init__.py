"""The S3 server: client, faults in plain words, resumable uploads, objects proven to be there."""
