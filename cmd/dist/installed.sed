# installed.sed: turns the links of README.md, docs/ and SECURITY.md into those of an installed tree,
# share/doc/fluent-sync, which has SECURITY.md beside README.md. What is not installed stays as text
# without a link.
/^!\[.*terminal\.svg)$/,/^$/d
/^!\[.*](page-[a-z]*\.png)$/,/^$/d
s|](\(\(\.\./\)\{0,1\}\)\.github/|](\1|g
s|](\.\./docs/|](docs/|g
s|](\(\(\.\./\)\{0,1\}\)fluent-sync\.ini\.example)|](\1examples/fluent-sync.ini.example)|g
s|](\.\./cmd/dist/\(crontab\.example\))|](../examples/\1)|g
s|](\.\./cmd/dist/\(cronjob\.yaml\))|](../examples/\1)|g
s|](\.\./cmd/dist/\(fluent-sync\.rules\.yml\))|](../../../fluent-sync/\1)|g
s|\[\([^]]*\)](\.\./cmd/dist/Containerfile)|\1|g
s#\[\([^]]*\)](\.\./\(cmd/dist/fluent-sync\.ini\.5\|test/[^)]*\))#\1#g
s|\[\([^]]*\)](\(\.\./\)\{0,1\}CONTRIBUTING\.md[^)]*)|\1|g
s|](\(\(\.\./\)\{0,1\}\)CHANGELOG\.md)|](\1NEWS.md)|g
s|\[\([^]]*\)](LICENSE)|\1|g
