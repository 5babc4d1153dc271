# The servers of the local stack, where their own images cannot be fetched.
FROM sebaya-test/debian
COPY jdk /opt/jdk
COPY libs /opt/kafka/libs
COPY start.py log4j2.yaml /opt/kafka/
COPY mongod caddy prometheus /usr/local/bin/
RUN mkdir -p /data/db /var/lib/kafka/data /prometheus \
 && chown 999:999 /data/db && chown 1000:1000 /var/lib/kafka/data && chown 65534:65534 /prometheus
CMD ["python3", "/opt/kafka/start.py"]
