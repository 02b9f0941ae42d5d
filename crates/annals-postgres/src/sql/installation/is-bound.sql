-- Whether row security hides rows from this role.
SELECT row_security_active('entries')
