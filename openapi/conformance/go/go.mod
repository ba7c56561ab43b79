module hss-client

go 1.21
