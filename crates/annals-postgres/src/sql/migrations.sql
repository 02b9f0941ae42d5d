SELECT version, checksum FROM migration ORDER BY version
